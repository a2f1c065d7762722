using System.Security.Cryptography;

namespace KvStore.Node.Configuration;

/// <summary>The file that nodes share their secret by when nobody gave them one.</summary>
internal static class ClusterSecretFile
{
    /// <summary>
    /// The secret in the file; whichever node comes first makes it. The file is written aside and moved into place, so that a
    /// node that loses the race reads the winner's secret, and never half of it.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is empty.</exception>
    public static string ReadOrCreate(string path)
    {
        if (!File.Exists(path))
        {
            var aside = $"{path}.{Guid.NewGuid():N}";
            File.WriteAllText(aside, RandomNumberGenerator.GetHexString(64, lowercase: true));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(aside, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            try
            {
                File.Move(aside, path, overwrite: false);
            }
            catch (IOException) when (File.Exists(path))
            {
                File.Delete(aside);
            }
        }

        return File.ReadAllText(path).Trim() is { Length: > 0 } secret ? secret : throw new InvalidDataException("the file is empty.");
    }
}
