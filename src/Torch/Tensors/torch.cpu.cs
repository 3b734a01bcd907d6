namespace UnifiedVlm.Torch;

public static partial class torch
{
    public static class cpu
    {
        private const string CpuInfo = "/proc/cpuinfo";

        private static readonly Lazy<HashSet<string>> Flags = new(ReadFlags);

        /// <summary>
        /// bfloat16 matrix products run natively (AVX512_BF16 or AMX). Where they don't, bfloat16 is several times slower than float32. What
        /// it gains where they do is for <see cref="Bfloat16Advantage"/> to measure.
        /// </summary>
        public static bool supports_bf16 => supports_avx512_bf16 || supports_amx_bf16;

        public static bool supports_avx512_bf16 => Flags.Value.Contains("avx512_bf16");

        public static bool supports_amx_bf16 => Flags.Value.Contains("amx_bf16");

        public static bool supports_avx2 => Flags.Value.Contains("avx2");

        public static bool supports_avx512 => Flags.Value.Contains("avx512f");

        private static HashSet<string> ReadFlags()
        {
            if (!File.Exists(CpuInfo))
                return [];
            var line = File.ReadLines(CpuInfo).FirstOrDefault(static l => l.StartsWith("flags", StringComparison.Ordinal));
            return line is null ? [] : [.. line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        }
    }
}
