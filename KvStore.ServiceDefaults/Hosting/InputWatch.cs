using System.Diagnostics;

namespace KvStore.ServiceDefaults.Hosting;

/// <summary>
/// Reads a stream to its end on a thread of its own. A thread and not an asynchronous read, because a read of standard input blocks either
/// way, and because the last resort below must work when the thread pool is what is stuck.
/// </summary>
internal sealed class InputWatch
{
    private readonly Stream _input;
    private readonly TimeSpan _shutdownLimit;
    private readonly Action<string> _kill;
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private InputWatch(Stream input, TimeSpan shutdownLimit, Action<string> kill)
    {
        _input = input;
        _shutdownLimit = shutdownLimit;
        _kill = kill;
    }

    /// <summary>Completes when the stream ends; the result says how it ended.</summary>
    public Task<string> Ended => _ended.Task;

    /// <summary>Starts the thread, which never keeps the process alive.</summary>
    /// <param name="input">The stream to watch; what it carries is thrown away.</param>
    /// <param name="shutdownLimit">How long the process may live on after the end.</param>
    /// <param name="kill">Called with a reason when it lives on for longer.</param>
    public static InputWatch Start(Stream input, TimeSpan shutdownLimit, Action<string> kill)
    {
        var watch = new InputWatch(input, shutdownLimit, kill);
        new Thread(watch.Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = "stdin watch" }.Start();
        return watch;
    }

    /// <summary>Ends this process at once. A signal and not <see cref="Environment.Exit"/>, which waits for code that may be stuck.</summary>
    public static void KillProcess(string reason)
    {
        Console.Error.WriteLine(reason);
        using var self = Process.GetCurrentProcess();
        self.Kill();
    }

    private void Run()
    {
        _ended.SetResult(ReadToEnd());
        using var never = new ManualResetEventSlim();
        never.Wait(_shutdownLimit);
        _kill($"Standard input ended {_shutdownLimit.TotalSeconds} s ago and the service has not stopped: killing the process.");
    }

    private string ReadToEnd()
    {
        Span<byte> ignored = stackalloc byte[256];
        try
        {
            while (_input.Read(ignored) > 0)
            {
            }

            return "end of file";
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            // Standard input that cannot be read any more says the same as its end: nobody is there.
            return exception.Message;
        }
    }
}
