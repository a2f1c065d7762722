using System.Diagnostics;

namespace KvStore.Tests.Api;

/// <summary>Waits for what must come true, up to a deadline that is far beyond what any machine needs.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static async Task HoldsAsync(string what, Func<Task<bool>> condition)
    {
        var startedAt = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(startedAt) < Deadline, $"Not within {Deadline.TotalSeconds:0} s: {what}.");
            await Task.Delay(Pause);
        }
    }
}
