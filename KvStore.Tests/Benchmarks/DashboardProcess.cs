using System.Diagnostics;
using System.Net;

namespace KvStore.Tests.Benchmarks;

/// <summary>The dashboard as a process of its own, from the same build as this program, with no cluster to watch.</summary>
internal sealed class DashboardProcess : IDisposable
{
    private const string Token = "a-token-of-the-benchmark";
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly HttpClient _client;

    private DashboardProcess(Process process, int port, int otlpGrpcPort)
    {
        _process = process;
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, CookieContainer = new() }) { BaseAddress = At(port) };
        OtlpGrpc = At(otlpGrpcPort);
    }

    /// <summary>Where OTLP comes in over gRPC.</summary>
    public Uri OtlpGrpc { get; }

    /// <summary>Resident memory, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>CPU time of the process so far.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts a dashboard and logs in; it is healthy on return.</summary>
    public static async Task<DashboardProcess> StartAsync()
    {
        var (port, grpc, http) = (FreePort.Take(), FreePort.Take(), FreePort.Take());
        var start = new ProcessStartInfo("dotnet", Path.Combine(AppContext.BaseDirectory, "KvStore.Dashboard.dll")) { RedirectStandardOutput = true };
        foreach (var (name, value) in new[]
        {
            ("ASPNETCORE_URLS", At(port).AbsoluteUri), ("DASHBOARD_OTLP_GRPC_PORT", $"{grpc}"), ("DASHBOARD_OTLP_HTTP_PORT", $"{http}"),
            ("DASHBOARD_TOKEN", Token), ("KVSTORE_STOP_ON_STDIN_EOF", "false"),
        })
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var dashboard = new DashboardProcess(process, port, grpc);
        var watch = Stopwatch.StartNew();
        while (!await dashboard.IsHealthyAsync())
        {
            if (process.HasExited || watch.Elapsed > ReadyWithin)
            {
                dashboard.Dispose();
                throw new InvalidOperationException("The dashboard did not start.");
            }

            await Task.Delay(50);
        }

        using var login = await dashboard._client.GetAsync(new Uri($"/login?t={Token}", UriKind.Relative));
        return login.StatusCode == HttpStatusCode.Redirect ? dashboard : throw new InvalidOperationException($"The login was answered with {login.StatusCode}.");
    }

    /// <summary>Gets a page as a browser does first, and reads it to its end.</summary>
    /// <returns>How long that took; null when there is no such page.</returns>
    public async Task<TimeSpan?> GetAsync(string page)
    {
        var watch = Stopwatch.StartNew();
        using var request = new HttpRequestMessage(HttpMethod.Get, page);
        request.Headers.Accept.ParseAdd("text/html");
        using var answer = await _client.SendAsync(request);
        await answer.Content.ReadAsByteArrayAsync();
        return answer.StatusCode switch
        {
            HttpStatusCode.OK => watch.Elapsed,
            HttpStatusCode.NotFound => null,
            var other => throw new InvalidOperationException($"{page} was answered with {other}."),
        };
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        _client.Dispose();
    }

    private static Uri At(int port) => new($"http://127.0.0.1:{port}");

    private async Task<bool> IsHealthyAsync()
    {
        try
        {
            using var response = await _client.GetAsync(new Uri("/health", UriKind.Relative));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // It does not listen yet.
        }
    }
}
