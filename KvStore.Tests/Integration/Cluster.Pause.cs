using System.Collections.Concurrent;
using System.Diagnostics;

namespace KvStore.Tests.Integration;

/// <content>Processes that stand still: they hold their ports and connections, and do nothing.</content>
public sealed partial class Cluster
{
    private readonly ConcurrentDictionary<string, int> _paused = [];

    /// <summary>Stops nodes in the middle of whatever they do (SIGSTOP).</summary>
    /// <exception cref="PlatformNotSupportedException">This is Windows.</exception>
    public Task PauseAsync(params string[] nodes) => Task.WhenAll(nodes.Select(async node =>
    {
        var pid = (await InfoAsync(node)).Pid;
        _paused[node] = pid;
        await SignalAsync(pid, "-STOP");
    }));

    /// <summary>Lets paused nodes go on where they were stopped (SIGCONT).</summary>
    public Task ContinueAsync(params string[] nodes) => Task.WhenAll(nodes.Select(async node =>
    {
        await SignalAsync(_paused[node], "-CONT");
        _paused.TryRemove(node, out _);
    }));

    /// <summary>Whether a node is up, and not paused.</summary>
    public bool IsRunning(string node)
    {
        lock (_down)
        {
            return !_down.Contains(node) && !_paused.ContainsKey(node);
        }
    }

    private static async Task SignalAsync(int pid, string signal)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("A process cannot be paused from outside here.");
        }

        using var kill = Process.Start("kill", [signal, $"{pid}"]);
        await kill.WaitForExitAsync().WaitAsync(Deadline);
        Assert.Equal(0, kill.ExitCode);
    }
}
