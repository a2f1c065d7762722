namespace KvStore.Tests.Dashboard.EndToEnd;

/// <summary>A test in a real browser; skipped, with the reason, where none is named.</summary>
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute()
    {
        if (Browser.Path is null)
        {
            Skip = $"Needs Chromium: install it (Debian: apt-get install chromium) and set {Browser.PathVariable} to its path, such as /usr/bin/chromium.";
        }
    }
}
