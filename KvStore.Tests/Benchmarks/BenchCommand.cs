using System.Globalization;

namespace KvStore.Tests.Benchmarks;

/// <summary>Measures what docs/performance.md states of the dashboard.</summary>
internal static class BenchCommand
{
    public const string Arguments = "dashboard [--seconds N]";

    private const int DashboardSeconds = 60;

    /// <summary>Runs it.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not (["dashboard"] or ["dashboard", "--seconds", _]))
        {
            Console.Error.WriteLine($"bench takes: {Arguments}");
            return 1;
        }

        var seconds = DashboardSeconds;
        if (args.Length == 3 && (!int.TryParse(args[2], CultureInfo.InvariantCulture, out seconds) || seconds < 1))
        {
            Console.Error.WriteLine($"--seconds must be a number from 1 on; got '{args[2]}'.");
            return 1;
        }

        await DashboardBench.RunAsync(TimeSpan.FromSeconds(seconds));
        return 0;
    }
}
