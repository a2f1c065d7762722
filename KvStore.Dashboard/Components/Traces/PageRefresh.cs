namespace KvStore.Dashboard.Components.Traces;

/// <summary>Calls a page again and again for as long as the page is there, one call at a time.</summary>
internal sealed class PageRefresh : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly PeriodicTimer _timer;
    private readonly Task _loop;

    /// <summary>Begins with the calls.</summary>
    /// <param name="interval">The pause between two calls.</param>
    /// <param name="time">The clock.</param>
    /// <param name="refresh">Brings the page up to date.</param>
    /// <param name="report">Takes the exception that <paramref name="refresh"/> has thrown, after which there are no more calls.</param>
    public PageRefresh(TimeSpan interval, TimeProvider time, Func<Task> refresh, Func<Exception, Task> report)
    {
        _timer = new PeriodicTimer(interval, time);
        _loop = RunAsync(refresh, report);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        _timer.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync(Func<Task> refresh, Func<Exception, Task> report)
    {
        try
        {
            while (await _timer.WaitForNextTickAsync(_stopping.Token))
            {
                await refresh();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The page has gone.
        }
        catch (Exception e)
        {
            await report(e);
        }
    }
}
