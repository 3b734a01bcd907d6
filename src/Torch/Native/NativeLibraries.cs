using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace UnifiedVlm.Torch.Native;

/// <summary>
/// Finds this project's own native libraries: in the folder named by the environment variable UVLM_NATIVE_DIR, otherwise in
/// the program's own (<see cref="AppContext.BaseDirectory"/>). An assembly can have only one resolver, so all three names are handled here.
/// </summary>
internal static class NativeLibraries
{
    public const string Torch = "uvlm_torch";
    public const string Image = "uvlm_image";
    public const string Align = "uvlm_align";

    private const string DirectoryVariable = "UVLM_NATIVE_DIR";

    // The runtime asks for a library before any type initialiser of ours is certain to have run.
#pragma warning disable CA2255
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name is not (Torch or Image or Align))
            return 0;

        var configured = Environment.GetEnvironmentVariable(DirectoryVariable);
        var directory = string.IsNullOrEmpty(configured) ? AppContext.BaseDirectory : configured;
        var path = Path.Combine(directory, $"lib{name}.so");
        if (!File.Exists(path))
        {
            throw new DllNotFoundException(
                $"{path} is missing. Run deploy/install.sh, which builds it, or set {DirectoryVariable} to the folder that holds it.");
        }

        if (name == Torch)
            OpenMp.LimitSpinning();
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new DllNotFoundException(
                $"{path} can't be loaded; a library it needs may be missing. Run deploy/install.sh, which installs what it needs and builds it. {e.Message}", e);
        }
    }
}
