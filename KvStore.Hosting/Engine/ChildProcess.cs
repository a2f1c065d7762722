using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace KvStore.Hosting.Engine;

/// <summary>
/// A running process whose output is read line by line. Its standard input is a pipe that only this process holds the other
/// end of (it is closed on exec, so no sibling inherits it): it ends when this process does, even by <c>kill -9</c>.
/// </summary>
internal sealed partial class ChildProcess : IDisposable
{
    private const int LastLinesMax = 20;
    private const int Sigterm = 15;

    private readonly Process _process;
    private readonly Action<string, bool> _onLine;
    private readonly Lock _lock = new();
    private readonly Queue<string> _lastLines = new(LastLinesMax);

    private ChildProcess(Process process, Action<string, bool> onLine)
    {
        _process = process;
        _onLine = onLine;
        Exited = WatchAsync();
    }

    public int ProcessId => _process.Id;

    /// <summary>Completes with the exit code when the process is gone and all that it printed is read.</summary>
    public Task<int> Exited { get; }

    /// <summary>The last lines that it printed, at most 20.</summary>
    public IReadOnlyList<string> LastLines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lastLines];
            }
        }
    }

    /// <param name="start">What to start, with all three standard streams redirected.</param>
    /// <param name="onLine">Called for each line, with whether it came from standard error. One call at a time.</param>
    /// <exception cref="Win32Exception">There is no such program, or it cannot be executed.</exception>
    public static ChildProcess Start(ProcessStartInfo start, Action<string, bool> onLine) =>
        new(Process.Start(start) ?? throw new UnreachableException("A process that is not started through a shell is always new."), onLine);

    /// <summary>Asks the process to stop, and kills it when it has not after a while.</summary>
    /// <returns>Whether it stopped by itself.</returns>
    public async Task<bool> StopAsync(TimeSpan limit)
    {
        RequestStop();
        try
        {
            await Exited.WaitAsync(limit);
            return true;
        }
        catch (TimeoutException)
        {
            await KillAsync();
            return false;
        }
    }

    /// <summary>Ends the process at once, and no other one.</summary>
    public Task KillAsync()
    {
        _process.Kill();
        return Exited;
    }

    public void Dispose() => _process.Dispose();

    private void RequestStop()
    {
        if (OperatingSystem.IsWindows())
        {
            _process.StandardInput.Close();
        }
        else if (!_process.HasExited)
        {
            // The only failure is that the process has just gone, which is what is wanted.
            _ = Kill(ProcessId, Sigterm);
        }
    }

    private async Task<int> WatchAsync()
    {
        await Task.WhenAll(ReadAsync(_process.StandardOutput, isError: false), ReadAsync(_process.StandardError, isError: true));
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    private async Task ReadAsync(StreamReader reader, bool isError)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_lock)
            {
                if (_lastLines.Count == LastLinesMax)
                {
                    _lastLines.Dequeue();
                }

                _lastLines.Enqueue(line);
                _onLine(line, isError);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
