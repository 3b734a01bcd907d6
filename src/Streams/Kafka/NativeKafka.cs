using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace UnifiedVlm.Streams.Kafka;

/// <summary>
/// Where librdkafka is loaded from. The managed client looks for it in a runtimes/ folder that its redistributable package would bring;
/// here the library lies next to the program, so the client's imports are mapped instead of its own loader being called.
/// </summary>
public static class NativeKafka
{
    /// <summary>Overrides the folder that holds <see cref="FileName"/>.</summary>
    public const string DirectoryVariable = "UVLM_NATIVE_DIR";

    public const string FileName = "librdkafka.so.1";

    internal const string LibraryName = "librdkafka";

    private static readonly Lazy<bool> Mapped = new(Map, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>Full path of the library that is (or will be) loaded.</summary>
    public static string LibraryPath => Path.Combine(
        Environment.GetEnvironmentVariable(DirectoryVariable) is { Length: > 0 } directory ? directory : AppContext.BaseDirectory,
        FileName);

    /// <summary>Maps the imports once for the process. Everything here that touches Kafka calls it first; calling it again costs nothing.</summary>
    /// <exception cref="DllNotFoundException">The library is not where it should be; names the path and the variable.</exception>
    public static void EnsureMapped() => _ = Mapped.Value;

    private static bool Map()
    {
        if (!File.Exists(LibraryPath))
            throw new DllNotFoundException($"{LibraryPath} is missing. Run deploy/install.sh, which builds it, or set {DirectoryVariable} to the folder that holds it.");
        NativeLibrary.SetDllImportResolver(typeof(ConsumerConfig).Assembly, Resolve);
        NativeLibrary.SetDllImportResolver(typeof(NativeKafka).Assembly, Resolve);
        return true;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) => name switch
    {
        LibraryName => NativeLibrary.Load(LibraryPath),
        // glibc 2.34 moved dlopen into libc and keeps only the versioned name for old programs.
        "libdl" => NativeLibrary.Load("libdl.so.2"),
        _ => 0,
    };
}
