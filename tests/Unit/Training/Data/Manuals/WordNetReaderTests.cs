using UnifiedVlm.Tests.Unit.Documents;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Data.Manuals;

namespace UnifiedVlm.Tests.Unit.Training.Data.Manuals;

public sealed class WordNetReaderTests
{
    [Fact]
    public void Terms_are_read_with_their_first_definition()
    {
        using var folder = new TemporaryFolder();
        folder.Write("data.noun", """
              1 This is the licence of the file.
            00001740 03 n 01 physical_entity 0 001 ~ 00001930 n 0000 | (chiefly formal) an entity that has physical existence; a thing; "a table is one"
            00002000 03 n 01 entity 1 000 | a second sense of the word entity
            00003000 18 n 01 Einstein 0 001 @i 00001740 n 0000 | physicist born in Germany
            00004000 03 n 01 physical_entity 0 000 | the same words once again
            00005000 03 n 01 a.k.a. 0 000 | with characters that are no word

            """);
        folder.Write("data.verb", "00001740 29 v 02 breathe 0 respire 0 001 * 00005041 v 0000 02 + 02 00 + 08 00 | draw air into, and expel out of, the lungs; \"I can breathe\"\n");

        var glosses = WordNetReader.Read(folder.Path).ToList();

        Assert.Equal(
            [("physical entity", "an entity that has physical existence", false), ("breathe", "draw air into, and expel out of, the lungs", true)],
            glosses.Select(static gloss => (gloss.Term, gloss.Definition, gloss.Verb)));
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        using var folder = new TemporaryFolder();

        var e = Assert.Throws<DataException>(() => WordNetReader.Read(folder.Path).ToList());

        Assert.EndsWith("data.noun", e.Path, StringComparison.Ordinal);
    }
}
