using System.Reflection;
using Microsoft.Extensions.Hosting;

namespace KvStore.Hosting.Testing;

/// <summary>Lets a test run the entry point of an AppHost up to the point where the application is built.</summary>
internal sealed class AppHostInterception
{
    private static readonly AsyncLocal<AppHostInterception?> CurrentInterception = new();
    private DistributedApplicationBuilder? _builder;

    private AppHostInterception(Assembly appHost)
    {
        AppHost = appHost;
    }

    /// <summary>The one that the running code was called by, or null in an AppHost that runs by itself.</summary>
    public static AppHostInterception? Current => CurrentInterception.Value;

    public Assembly AppHost { get; }

    /// <summary>Runs the entry point until it builds its application.</summary>
    /// <exception cref="InvalidOperationException">The assembly has no entry point, or the entry point builds no application.</exception>
    public static async Task<DistributedApplicationBuilder> RunEntryPointAsync(Assembly appHost, string[] args, CancellationToken cancellationToken)
    {
        var entryPoint = appHost.EntryPoint ?? throw new InvalidOperationException($"{appHost.GetName().Name} is no program.");
        var interception = new AppHostInterception(appHost);
        await Task.Run(() => interception.Invoke(entryPoint, args), cancellationToken);
        return interception._builder
            ?? throw new InvalidOperationException($"The entry point of {appHost.GetName().Name} returned without building an application.");
    }

    /// <summary>Hands the builder to the test, and ends the entry point.</summary>
    /// <exception cref="HostAbortedException">Always.</exception>
    public void Capture(DistributedApplicationBuilder builder)
    {
        _builder = builder;
        throw new HostAbortedException();
    }

    private void Invoke(MethodInfo entryPoint, string[] args)
    {
        CurrentInterception.Value = this;
        try
        {
            entryPoint.Invoke(null, BindingFlags.DoNotWrapExceptions, binder: null, entryPoint.GetParameters().Length == 0 ? [] : [args], culture: null);
        }
        catch (HostAbortedException) when (_builder is not null)
        {
            // The end of the entry point that Capture asked for.
        }
    }
}
