using Microsoft.AspNetCore.Components;

namespace KvStore.Dashboard.Components;

/// <summary>A component that shows itself anew when something outside has changed, and does work that ends when it is left.</summary>
public abstract class LiveComponent : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _left = new();

    /// <summary>Ends when the page is left.</summary>
    protected CancellationToken Left => _left.Token;

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of whatever the component listens to.</summary>
    protected virtual void Dispose(bool isDisposing)
    {
        if (isDisposing && !_left.IsCancellationRequested)
        {
            _left.Cancel();
            _left.Dispose();
        }
    }

    /// <summary>Shows the component anew; may be called from any thread, also after the page was left.</summary>
    /// <remarks>The renderer owns what goes wrong while it renders; nothing is left to await.</remarks>
    protected void Refresh() => _ = InvokeAsync(() =>
    {
        if (!_left.IsCancellationRequested)
        {
            StateHasChanged();
        }
    });
}
