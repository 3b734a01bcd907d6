namespace UnifiedVlm.Streams.Crashes;

/// <summary>
/// The layout of a diary: a header, one slot a record in work, and after them the partitions that slots name by number, as lines of JSON. Little-endian, as every machine
/// that the program runs on.
/// </summary>
internal static class DiaryFile
{
    public const long Magic = 0x3159524149445655; // "UVDIARY1"
    public const int HeaderBytes = 32;
    public const int SlotsAt = 8;
    public const int IdAt = 16;

    public const int SlotBytes = 16;
    public const int PartitionAt = 8;
    public const int StateAt = 12;

    public const int InWork = 1;
    public const int Alone = 2;
    public const int IsOffset = 4;

    /// <summary>Of a diary that is complete; it has another one while it is made.</summary>
    public const string Extension = ".diary";

    public static long Slot(int index) => HeaderBytes + ((long)index * SlotBytes);
}
