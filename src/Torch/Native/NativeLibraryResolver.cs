using System.Reflection;
using System.Runtime.InteropServices;

namespace UnifiedVlm.Torch.Native;

/// <summary>
/// Finds the project's own native libraries: in the folder that UVLM_NATIVE_DIR names, or beside the assembly.
/// </summary>
internal static class NativeLibraryResolver
{
    public const string DirectoryVariable = "UVLM_NATIVE_DIR";

    private const string Prefix = "uvlm_";

    private static readonly Lock Gate = new();
    private static bool registered;

    /// <summary>Call before the first P/Invoke of a class; more than once does no harm.</summary>
    public static void Register()
    {
        lock (Gate)
        {
            if (registered)
                return;
            NativeLibrary.SetDllImportResolver(typeof(NativeLibraryResolver).Assembly, Resolve);
            registered = true;
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
            return 0;
        var named = Environment.GetEnvironmentVariable(DirectoryVariable);
        var directory = string.IsNullOrEmpty(named) ? AppContext.BaseDirectory : named;
        var path = Path.Combine(directory, $"lib{name}.so");
        if (!File.Exists(path))
        {
            throw new DllNotFoundException(
                $"{path} does not exist. Run deploy/install.sh, which builds the native libraries, or set {DirectoryVariable} to the folder that holds them.");
        }
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new DllNotFoundException(
                $"{path} can't be loaded; a library it needs may be missing. Run deploy/install.sh, which installs libtorch and builds the native libraries. {e.Message}", e);
        }
    }
}
