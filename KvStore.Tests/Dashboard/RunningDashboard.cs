using KvStore.Dashboard;
using Microsoft.AspNetCore.Builder;

namespace KvStore.Tests.Dashboard;

/// <summary>A dashboard in the test's process, on ports of its own.</summary>
internal sealed class RunningDashboard : IAsyncDisposable
{
    public const string Token = "a-token-for-tests";

    private readonly WebApplication _application;

    private readonly string[] _settings;

    private RunningDashboard(WebApplication application, Uri address, Uri otlpGrpc, Uri otlpHttp, string[] settings)
    {
        _application = application;
        _settings = settings;
        (Address, OtlpGrpc, OtlpHttp) = (address, otlpGrpc, otlpHttp);
    }

    /// <summary>Where the pages are.</summary>
    public Uri Address { get; }

    /// <summary>Where OTLP comes in over gRPC.</summary>
    public Uri OtlpGrpc { get; }

    /// <summary>Where OTLP comes in over HTTP.</summary>
    public Uri OtlpHttp { get; }

    /// <summary>The dashboard's own objects.</summary>
    public IServiceProvider Services => _application.Services;

    /// <summary>Starts one.</summary>
    /// <param name="settings">Variables as arguments, such as <c>--LEADER=http://…</c>.</param>
    public static Task<RunningDashboard> StartAsync(params string[] settings) =>
        StartAsync(At(FreePort.Take()), At(FreePort.Take()), At(FreePort.Take()), settings);

    /// <summary>Starts another one in the place of this one, which has ended.</summary>
    public Task<RunningDashboard> StartAgainAsync() => StartAsync(Address, OtlpGrpc, OtlpHttp, _settings);

    /// <summary>A client that follows no redirect and has no cookie.</summary>
    public HttpClient CreateClient() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address };

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    private static async Task<RunningDashboard> StartAsync(Uri pages, Uri grpc, Uri http, string[] settings)
    {
        var application = DashboardApplication.Build([
            $"--urls={pages}", $"--DASHBOARD_OTLP_GRPC_PORT={grpc.Port}", $"--DASHBOARD_OTLP_HTTP_PORT={http.Port}",
            $"--DASHBOARD_TOKEN={Token}", .. settings]);
        await application.StartAsync();
        return new(application, pages, grpc, http, settings);
    }

    private static Uri At(int port) => new($"http://127.0.0.1:{port}");
}
