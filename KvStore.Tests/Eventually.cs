namespace KvStore.Tests;

/// <summary>Waits for conditions that nothing announces, up to a deadline that is far beyond what any machine needs.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Looks again and again until something holds.</summary>
    /// <exception cref="TimeoutException">It did not by the deadline.</exception>
    public static Task HoldsAsync(string what, Func<Task<bool>> condition) =>
        BecomesAsync(condition, holds => holds, holds => $"{holds}", what);

    /// <summary>Looks again and again until what is seen is right.</summary>
    /// <param name="look">Sees how things are.</param>
    /// <param name="isRight">Whether that is what is waited for.</param>
    /// <param name="describe">Puts it into words, for the message.</param>
    /// <param name="what">What is waited for.</param>
    /// <returns>What was seen last, which is right.</returns>
    /// <exception cref="TimeoutException">It was not by the deadline.</exception>
    public static async Task<T> BecomesAsync<T>(Func<Task<T>> look, Func<T, bool> isRight, Func<T, string> describe, string what)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (true)
        {
            var seen = await look();
            if (isRight(seen))
            {
                return seen;
            }

            if (deadline.IsCancellationRequested)
            {
                throw new TimeoutException($"Waited in vain for {what}. Seen last: {describe(seen)}");
            }

            await Task.Delay(Pause);
        }
    }
}
