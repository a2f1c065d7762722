using System.Runtime.InteropServices;

namespace KvStore.Analysis.Output;

/// <summary>What a run was made on.</summary>
/// <param name="OperatingSystem">Its name and version.</param>
/// <param name="Processor">The processor's name, where the system tells it.</param>
/// <param name="Cores">Logical processors.</param>
/// <param name="MemoryMb">Memory, in MiB.</param>
/// <param name="Runtime">The .NET runtime.</param>
internal sealed record Machine(string OperatingSystem, string? Processor, int Cores, long MemoryMb, string Runtime)
{
    /// <summary>This one.</summary>
    public static Machine Current { get; } = new(
        $"{RuntimeInformation.OSDescription} ({RuntimeInformation.OSArchitecture})", ReadProcessor(), Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20, RuntimeInformation.FrameworkDescription);

    /// <summary>In a few words.</summary>
    public override string ToString() => $"{Cores} cores{(Processor is null ? "" : $" of {Processor}")}, {MemoryMb:N0} MiB, {Runtime}";

    private static string? ReadProcessor()
    {
        const string CpuInfo = "/proc/cpuinfo";
        return File.Exists(CpuInfo)
            ? File.ReadLines(CpuInfo).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : null;
    }
}
