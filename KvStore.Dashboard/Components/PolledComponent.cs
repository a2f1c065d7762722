using Microsoft.AspNetCore.Components;

namespace KvStore.Dashboard.Components;

/// <summary>
/// A component that asks from time to time whether there is anything new, and shows itself anew only then. It asks for as long as it is
/// connected to a browser: a page that is rendered in advance asks nothing.
/// </summary>
public abstract class PolledComponent : ComponentBase, IAsyncDisposable
{
    private readonly CancellationTokenSource _left = new();
    private Task _polling = Task.CompletedTask;

    /// <summary>The clock.</summary>
    [Inject]
    protected TimeProvider Time { get; set; } = default!;

    /// <summary>The pause between two questions.</summary>
    protected abstract TimeSpan PollInterval { get; }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _left.CancelAsync();
        await _polling;
        _left.Dispose();
    }

    /// <summary>Looks for what is new, on the component's own thread.</summary>
    /// <returns>Whether there is something to show.</returns>
    protected abstract bool Poll();

    /// <inheritdoc />
    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
        {
            _polling = PollAsync();
        }
    }

    private async Task PollAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(PollInterval, Time);
            while (await timer.WaitForNextTickAsync(_left.Token))
            {
                await InvokeAsync(() =>
                {
                    if (Poll())
                    {
                        StateHasChanged();
                    }
                });
            }
        }
        catch (OperationCanceledException) when (_left.IsCancellationRequested)
        {
            // The page was left.
        }
        catch (Exception exception)
        {
            await DispatchExceptionAsync(exception);
        }
    }
}
