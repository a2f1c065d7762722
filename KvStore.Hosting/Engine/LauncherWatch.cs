using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace KvStore.Hosting.Engine;

/// <summary>
/// Stops the application when the <c>dotnet</c> that started it (<c>dotnet run</c>, <c>dotnet watch</c>) is gone, even by
/// <c>kill -9</c>. An AppHost that a shell started goes on without the shell.
/// </summary>
internal sealed partial class LauncherWatch : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private readonly IHostApplicationLifetime _lifetime;

    public LauncherWatch(IHostApplicationLifetime lifetime)
    {
        _lifetime = lifetime;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (OperatingSystem.IsWindows() || FindLauncher() is not { } launcherId)
        {
            return;
        }

        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                // The parent of an orphan is another process.
                if (GetParentId() != launcherId)
                {
                    _lifetime.StopApplication();
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The application stops for another reason.
        }
    }

    private static int? FindLauncher()
    {
        var parentId = GetParentId();
        try
        {
            using var parent = Process.GetProcessById(parentId);
            return parent.ProcessName == "dotnet" ? parentId : null;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // Gone already, or of another user's: nobody to watch.
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int GetParentId();
}
