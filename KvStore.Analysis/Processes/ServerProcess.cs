using System.Diagnostics;

namespace KvStore.Analysis.Processes;

/// <summary>A process of a store: started here, or found running.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const int LinesKept = 5;
    private const string NewSession = "/usr/bin/setsid";

    private readonly Process _process;
    private readonly bool _isOurs;
    private readonly Queue<string> _lastLines = new();

    private ServerProcess(string id, Process process, bool isOurs) => (Id, _process, _isOurs) = (id, process, isOurs);

    /// <summary>What it is called.</summary>
    public string Id { get; }

    /// <summary>CPU time so far.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Resident memory.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts one.</summary>
    /// <param name="id">What it is called.</param>
    /// <param name="program">The program, on the path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="variables">Set in its environment.</param>
    public static ServerProcess Start(string id, string program, IEnumerable<string> arguments, params IEnumerable<(string Name, string Value)> variables)
    {
        // In a session of its own it does not get the terminal's Ctrl-C: it ends when the benchmark has finished with it.
        string[] command = File.Exists(NewSession) ? [NewSession, program, .. arguments] : [program, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        var server = new ServerProcess(id, process, isOurs: true);
        process.OutputDataReceived += (_, line) => server.Keep(line.Data);
        process.ErrorDataReceived += (_, line) => server.Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return server;
    }

    /// <summary>Looks at a node that runs; null when it is not on this machine, or in a container where its number means nothing here.</summary>
    public static ServerProcess? FindNode(string id, int processId)
    {
        try
        {
            var process = Process.GetProcessById(processId);
            return process.ProcessName is "dotnet" or "KvStore.Node" ? new(id, process, isOurs: false) : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Throws when it has ended, with what it said last.</summary>
    public void ThrowIfEnded()
    {
        if (_process.HasExited)
        {
            _process.WaitForExit();
            lock (_lastLines)
            {
                throw new AnalysisException($"{Id} ended: {string.Join(' ', _lastLines)}");
            }
        }
    }

    /// <summary>Ends it, if it was started here. Its data are not needed any more, so it is not asked.</summary>
    public void Dispose()
    {
        if (_isOurs && !_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (!string.IsNullOrWhiteSpace(line))
        {
            lock (_lastLines)
            {
                _lastLines.Enqueue(line.Trim());
                if (_lastLines.Count > LinesKept)
                {
                    _lastLines.Dequeue();
                }
            }
        }
    }
}
