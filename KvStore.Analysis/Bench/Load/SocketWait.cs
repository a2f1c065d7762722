using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace KvStore.Analysis.Bench.Load;

/// <summary>Waits on one thread until any of many sockets can be read, with one system call.</summary>
/// <remarks>
/// <c>ppoll</c> waits to the nanosecond, which the open loop needs; <see cref="Socket.Select(System.Collections.IList, System.Collections.IList, System.Collections.IList, TimeSpan)"/>,
/// used on other systems than Linux, waits to the millisecond.
/// </remarks>
internal sealed unsafe partial class SocketWait(int count)
{
    private const short PollIn = 1;
    private const int InterruptedSystemCall = 4;

    private readonly Socket?[] _sockets = new Socket?[count];
    private readonly PollFd[] _polled = [.. Enumerable.Repeat(new PollFd { FileDescriptor = -1, Events = PollIn }, count)];
    private readonly List<Socket> _selected = [];

    /// <summary>Sets or, with null, removes a socket.</summary>
    public void Set(int index, Socket? socket)
    {
        _sockets[index] = socket;
        _polled[index].FileDescriptor = socket is null ? -1 : (int)socket.SafeHandle.DangerousGetHandle();
    }

    /// <summary>Waits.</summary>
    /// <param name="atMost">How long.</param>
    /// <param name="ready">Gets the numbers of those that can be read, or are closed.</param>
    public void Wait(TimeSpan atMost, List<int> ready)
    {
        if (!OperatingSystem.IsLinux())
        {
            Select(atMost, ready);
            return;
        }

        var timeout = new TimeSpec { Seconds = (long)atMost.TotalSeconds, Nanoseconds = (long)(atMost.TotalNanoseconds % 1_000_000_000) };
        int found;
        fixed (PollFd* polled = _polled)
        {
            found = PPoll(polled, (nuint)_polled.Length, &timeout, null);
        }

        if (found < 0 && Marshal.GetLastPInvokeError() is not InterruptedSystemCall and var error)
        {
            throw new SocketException(error);
        }

        for (var i = 0; found > 0 && i < _polled.Length; i++)
        {
            if (_polled[i].Returned != 0)
            {
                ready.Add(i);
                found--;
            }
        }
    }

    private void Select(TimeSpan atMost, List<int> ready)
    {
        _selected.Clear();
        _selected.AddRange(_sockets.OfType<Socket>());
        if (_selected.Count > 0)
        {
            Socket.Select(_selected, null, null, atMost);
            ready.AddRange(_selected.Select(socket => Array.IndexOf(_sockets, socket)));
        }
    }

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    private static partial int PPoll(PollFd* polled, nuint count, TimeSpec* timeout, void* signals);

    private struct PollFd
    {
        public int FileDescriptor;
        public short Events;
        public short Returned;
    }

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
