using System.Diagnostics;

namespace KvStore.Analysis.Bench.Stores;

/// <summary>Programs of other stores.</summary>
internal static class Installed
{
    /// <summary>Asks a program for the first line of what it says of its version.</summary>
    /// <exception cref="AnalysisException">It is not installed.</exception>
    public static async Task<string> VersionAsync(string program, string debianPackage, CancellationToken cancellationToken)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!folders.Any(folder => File.Exists(Path.Combine(folder, program)) || File.Exists(Path.Combine(folder, program + ".exe"))))
        {
            throw new AnalysisException($"{program} is not installed. On Debian: apt-get install {debianPackage}");
        }

        using var process = Process.Start(new ProcessStartInfo(program, "--version") { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return output.Split('\n')[0].Trim();
    }
}
