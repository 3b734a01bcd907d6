using System.Text.Json.Nodes;
using UnifiedVlm.Model.Tokenizers;

namespace UnifiedVlm.Tests.Unit.Model.Tokenizers;

/// <summary>Small tokenizer.json contents for tests.</summary>
internal static class TokenizerJson
{
    /// <summary>Characters a, b, c, space mark; a few merges; added tokens of several kinds.</summary>
    public static JsonObject Small() => JsonNode.Parse("""
        {
          "added_tokens": [
            {"id": 20, "content": "<s>", "special": true, "normalized": false},
            {"id": 21, "content": "<mask>", "special": true, "normalized": false, "lstrip": true, "rstrip": true},
            {"id": 22, "content": "cab", "special": false, "normalized": false, "single_word": true},
            {"id": 23, "content": "<s>b", "special": false, "normalized": false},
            {"id": 24, "content": "ABBA", "special": false, "normalized": true}
          ],
          "normalizer": {"type": "Sequence", "normalizers": [{"type": "Lowercase"}, {"type": "Replace", "pattern": {"String": "ä"}, "content": "a"}]},
          "pre_tokenizer": {"type": "Metaspace", "replacement": "_", "prepend_scheme": "never"},
          "decoder": {"type": "Metaspace", "replacement": "_", "prepend_scheme": "never"},
          "model": {
            "type": "BPE", "unk_token": "?", "fuse_unk": true,
            "vocab": {"a": 0, "b": 1, "c": 2, "_": 3, "ab": 4, "_a": 5, "abc": 6, "?": 7, "<": 8, ">": 9, "s": 10, "m": 11, "k": 12},
            "merges": ["a b", ["_", "a"], "ab c"]
          }
        }
        """)!.AsObject();

    public static Tokenizer Parse(JsonObject json) => Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString()));
}
