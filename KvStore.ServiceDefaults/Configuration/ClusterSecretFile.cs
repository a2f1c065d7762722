using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace KvStore.ServiceDefaults.Configuration;

/// <summary>The file that the processes of a cluster share their secret by when nobody gave them one.</summary>
public static partial class ClusterSecretFile
{
    /// <summary>
    /// The secret in the file; whichever process comes first makes it. The file is written aside and linked into place, which fails
    /// where there is one already: a process that loses the race reads the winner's secret, and never half of it.
    /// </summary>
    /// <param name="path">The file, in a folder that all of them reach.</param>
    /// <exception cref="IOException">The file cannot be made or read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be made or read by this user.</exception>
    /// <exception cref="InvalidDataException">The file is empty.</exception>
    public static string ReadOrCreate(string path)
    {
        if (!File.Exists(path))
        {
            Create(path);
        }

        return File.ReadAllText(path).Trim() is { Length: > 0 } secret ? secret : throw new InvalidDataException("the file is empty.");
    }

    private static void Create(string path)
    {
        var aside = $"{path}.{Guid.NewGuid():N}";
        try
        {
            WriteDurably(aside, RandomNumberGenerator.GetHexString(64, lowercase: true));
            PutIntoPlace(aside, path);
        }
        finally
        {
            File.Delete(aside);
        }
    }

    // On disk before anybody can read it under its name: a secret that a crash takes back would shut nodes out from one another.
    private static void WriteDurably(string path, string secret)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(path, options);
        file.Write(System.Text.Encoding.ASCII.GetBytes(secret));
        file.Flush(flushToDisk: true);
    }

    private static void PutIntoPlace(string aside, string path)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                File.Move(aside, path, overwrite: false);
            }
            else if (Link(aside, path) != 0)
            {
                // File.Move would look whether there is one, and then rename, which replaces one that came in between.
                throw new IOException(new Win32Exception(Marshal.GetLastPInvokeError()).Message);
            }
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was first.
        }
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Link(string existing, string link);
}
