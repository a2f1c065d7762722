using System.Diagnostics;
using System.Globalization;
using KvStore.Node.Faults;

namespace KvStore.Tests.Simulation;

/// <summary>Runs seeds from the console: for a while, from a seed on, or one seed with everything that happens in it.</summary>
internal static class SimulateCommand
{
    public const string Arguments = "[--minutes N] [--seeds N] [--seed FIRST] [--bug PLANTED] [--verbose]";

    /// <summary>The command that shows one seed in full.</summary>
    public static string ReplayOf(int seed, PlantedBug bug) =>
        $"dotnet run --project KvStore.Tests -- simulate --seed {seed} --seeds 1{(bug == PlantedBug.None ? "" : $" --bug {bug}")} --verbose";

    /// <summary>Runs the command.</summary>
    /// <returns>0 when every promise was kept.</returns>
    public static int Run(string[] args)
    {
        var (minutes, seeds, first, bug, isVerbose) = (0.0, 0, Random.Shared.Next(1 << 30), PlantedBug.None, false);
        for (var i = 0; i < args.Length; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            var isRight = args[i] switch
            {
                "--minutes" => double.TryParse(value, CultureInfo.InvariantCulture, out minutes) && minutes > 0,
                "--seeds" => int.TryParse(value, out seeds) && seeds > 0,
                "--seed" => int.TryParse(value, out first) && first >= 0,
                "--bug" => Enum.TryParse(value, ignoreCase: true, out bug),
                "--verbose" => isVerbose = true,
                _ => false,
            };
            if (!isRight)
            {
                Console.Error.WriteLine($"'{args[i]} {value}' is not understood. simulate takes: {Arguments}; planted bugs: {string.Join(", ", Enum.GetNames<PlantedBug>())}");
                return 1;
            }

            i += args[i] == "--verbose" ? 0 : 1;
        }

        return Run(first, seeds == 0 && minutes == 0 ? 1000 : seeds, minutes, bug, isVerbose);
    }

    private static int Run(int first, int seeds, double minutes, PlantedBug bug, bool isVerbose)
    {
        var watch = Stopwatch.StartNew();
        long done = 0, entries = 0, broken = 0, reported = 0;
        var sums = new SimulationCounts();
        using var cancel = new CancellationTokenSource();
        Console.CancelKeyPress += (_, e) => (e.Cancel, _) = (true, Task.Run(cancel.Cancel));
        var taken = 0;
        SeedRunner.Run(Next, RunSeed, isVerbose ? 1 : Environment.ProcessorCount);
        Console.WriteLine($"{done} seeds from {first} on in {watch.Elapsed.TotalSeconds:0} s: {broken} broken. {entries} entries; {sums}.");
        return broken == 0 ? 0 : 1;

        int? Next()
        {
            var isOver = cancel.IsCancellationRequested || (seeds > 0 && taken >= seeds) || (minutes > 0 && watch.Elapsed.TotalMinutes >= minutes);
            return isOver ? null : first + taken++;
        }

        void RunSeed(int seed)
        {
            var result = Simulation.Run(seed, bug, isVerbose);
            Interlocked.Increment(ref done);
            Interlocked.Add(ref entries, result.Entries);
            lock (sums)
            {
                sums.Add(result.Counts);
                if (watch.Elapsed.TotalSeconds > reported + 10)
                {
                    reported = (long)watch.Elapsed.TotalSeconds;
                    Console.WriteLine($"{done} seeds, {broken} broken, {reported} s");
                }

                foreach (var note in isVerbose ? result.Notes : [])
                {
                    Console.WriteLine(note);
                }

                if (result.Fault is not null)
                {
                    broken++;
                    Console.WriteLine($"Seed {result.Seed}: {result.Fault}{Environment.NewLine}  {ReplayOf(result.Seed, bug)}");
                }
            }
        }
    }
}
