namespace KvStore.Tests.Crash;

/// <summary>One direction of a <see cref="TcpLink"/>.</summary>
internal sealed class Valve
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _closed;

    /// <summary>Lets nothing pass from now on.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Lets everything pass, and first what waits.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _closed?.SetResult();
            _closed = null;
        }
    }

    /// <summary>Waits while it is closed.</summary>
    public Task PassAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _closed?.Task.WaitAsync(cancellationToken) ?? Task.CompletedTask;
        }
    }
}
