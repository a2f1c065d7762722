using System.Net;
using System.Net.Sockets;
using KvStore.Dashboard;
using Microsoft.AspNetCore.Builder;

namespace KvStore.Tests.Dashboard;

/// <summary>A dashboard in the test's process, on ports of its own.</summary>
internal sealed class RunningDashboard : IAsyncDisposable
{
    public const string Token = "a-token-for-tests";

    private readonly WebApplication _application;

    private RunningDashboard(WebApplication application, Uri address, Uri otlpGrpc, Uri otlpHttp)
    {
        _application = application;
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
    public static async Task<RunningDashboard> StartAsync(params string[] settings)
    {
        var (pages, grpc, http) = (FreePort(), FreePort(), FreePort());
        var application = DashboardApplication.Build([
            $"--urls=http://127.0.0.1:{pages}", $"--DASHBOARD_OTLP_GRPC_PORT={grpc}", $"--DASHBOARD_OTLP_HTTP_PORT={http}",
            $"--DASHBOARD_TOKEN={Token}", .. settings]);
        await application.StartAsync();
        return new(application, At(pages), At(grpc), At(http));
    }

    /// <summary>A client that follows no redirect and has no cookie.</summary>
    public HttpClient CreateClient() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address };

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    private static Uri At(int port) => new($"http://127.0.0.1:{port}");

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
