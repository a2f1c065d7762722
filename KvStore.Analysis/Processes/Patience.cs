namespace KvStore.Analysis.Processes;

/// <summary>Waits for what nothing announces.</summary>
internal static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Looks again and again until something holds.</summary>
    /// <param name="holds">Looks. A server that does not listen yet may throw what a refused connection throws.</param>
    /// <param name="inVain">What to say when it does not.</param>
    /// <param name="processes">Whose end ends the waiting.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task UntilAsync(Func<Task<bool>> holds, string inVain, IReadOnlyList<ServerProcess> processes, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await HoldsAsync(holds))
        {
            foreach (var process in processes)
            {
                process.ThrowIfEnded();
            }

            if (TimeProvider.System.GetElapsedTime(start) > Limit)
            {
                throw new AnalysisException($"{inVain} (waited {Limit.TotalSeconds:0} s)");
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    private static async Task<bool> HoldsAsync(Func<Task<bool>> holds)
    {
        try
        {
            return await holds();
        }
        catch (Exception e) when (e is HttpRequestException or IOException or System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
