namespace KvStore.Tests.Simulation;

/// <summary>Runs many seeds side by side, on threads of their own: the thread pool is for whoever waits for something.</summary>
internal static class SeedRunner
{
    /// <summary>Runs seeds, as many at once as there are processors.</summary>
    /// <param name="next">The next seed; null when there are no more. Called by one thread at a time.</param>
    /// <param name="run">Runs a seed. Called by many threads.</param>
    /// <param name="threadCount">How many at once.</param>
    public static void Run(Func<int?> next, Action<int> run, int threadCount)
    {
        var gate = new Lock();
        Exception? fault = null;
        var threads = Enumerable.Range(0, threadCount).Select(_ => new Thread(RunAll)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (fault is not null)
        {
            throw new InvalidOperationException($"A seed could not be run: {fault.Message}", fault);
        }

        void RunAll()
        {
            try
            {
                while (Next() is { } seed)
                {
                    run(seed);
                }
            }
            catch (Exception e)
            {
                fault ??= e;
            }
        }

        int? Next()
        {
            lock (gate)
            {
                return fault is null ? next() : null;
            }
        }
    }
}
