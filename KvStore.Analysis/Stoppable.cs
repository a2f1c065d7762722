using KvStore.Analysis.Cluster;

namespace KvStore.Analysis;

/// <summary>Runs what Ctrl-C may end: settings are put back and files written, whatever ends it.</summary>
internal static class Stoppable
{
    // Ctrl-C in a terminal reaches the nodes as well: one that is gone may be noticed before the signal is.
    private static readonly TimeSpan SignalWithin = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs a measurement.</summary>
    /// <param name="measure">Measures, and returns the exit code.</param>
    /// <param name="inForce">What is put back after it; null when it changes nothing.</param>
    /// <param name="report">Shows and writes what there is.</param>
    /// <param name="cancellationToken">The end that is asked for.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="AnalysisException">The measurement failed, or its traces cannot be removed, or it cannot be written.</exception>
    public static async Task<int> RunAsync(Func<Task<int>> measure, SettingsInForce? inForce, Action report, CancellationToken cancellationToken)
    {
        try
        {
            return await measure();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Failure.StoppedExitCode;
        }
        catch (AnalysisException) when (cancellationToken.WaitHandle.WaitOne(SignalWithin))
        {
            return Failure.StoppedExitCode;
        }
        finally
        {
            try
            {
                if (inForce is not null)
                {
                    await inForce.PutBackAsync();
                }
            }
            finally
            {
                report();
            }
        }
    }
}
