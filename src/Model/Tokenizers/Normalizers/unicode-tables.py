"""Writes unicode-normalization.txt from Python's unicodedata: `python3 unicode-tables.py > unicode-normalization.txt`.

A line is a code point, a sign and its value, all in hexadecimal except the class:
  = canonical decomposition that composition restores     ! canonical decomposition that it does not
  ~ compatibility decomposition                            # combining class (decimal), when not 0
Hangul syllables are left out: their decomposition is arithmetic.
"""
import sys
import unicodedata

print(f"Unicode {unicodedata.unidata_version}")
for code in range(sys.maxunicode + 1):
    character = chr(code)
    if 0xAC00 <= code <= 0xD7A3:
        continue
    decomposition = unicodedata.decomposition(character)
    if decomposition.startswith("<"):
        print(f"{code:X} ~ {decomposition.split('> ')[1]}")
    elif decomposition:
        sign = "=" if unicodedata.normalize("NFC", character) == character else "!"
        print(f"{code:X} {sign} {decomposition}")
    if unicodedata.combining(character):
        print(f"{code:X} # {unicodedata.combining(character)}")
