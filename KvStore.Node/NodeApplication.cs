using System.Text;
using System.Text.Json.Serialization;
using KvStore.Node.Api;
using KvStore.Node.Configuration;
using KvStore.Node.Faults;
using KvStore.Node.Replication.Follower;
using KvStore.Node.Replication.Leader;
using KvStore.Node.Storage;
using KvStore.Node.Storage.RocksDb;
using KvStore.Node.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace KvStore.Node;

/// <summary>Puts a node together: one process, one role, one store.</summary>
internal static class NodeApplication
{
    /// <summary>Builds the node that the environment, or <paramref name="args"/> (such as <c>--NODE_ROLE=leader</c>), describes.</summary>
    /// <exception cref="ConfigurationException">A setting is missing or out of its range.</exception>
    /// <exception cref="StorageException">The store cannot be opened, or is another node's.</exception>
    public static WebApplication Build(string[] args)
    {
        // Options are bound once, so no file is watched: a watcher would also see every write below the working directory.
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false", .. args]);
        var options = NodeOptionsReader.Read(builder.Configuration);
        builder.AddServiceDefaults();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, options.Limits));
        builder.WebHost.UseSockets(SocketThreads.Configure);
        builder.UseDefaultAddress(options);
        builder.Services.AddNode(options);

        var app = builder.Build();
        try
        {
            app.LogStart(options);
            app.UseHotWrites(options);
            app.UseHeadAsGet();
            app.UseShortRequestsInPlace();
            app.UseProblemDetails(options);
            app.UseKeyInPath();
            app.UseRouting();
            app.MapNode(options);
            return app;
        }
        catch
        {
            // What is open by now, the database above all, must not stay open behind a node that never was.
            ((IDisposable)app).Dispose();
            throw;
        }
    }

    private static void AddNode(this IServiceCollection services, NodeOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(_ => ReplicaStore.Open(
            FaultPoints.Around(RocksDbEngine.Open(options.DataDirectory, options.Limits.RocksDb), options.Faults), options.NodeId));
        services.AddSingleton<NodeMetrics>();
        services.AddSingleton<StateStream>();
        services.AddSingleton<NodeAddresses>();
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Shared);
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            ApiJson.Configure(json.SerializerOptions);
        });
        services.AddDocument();

        // Writes in flight get their answer before the process ends.
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.WriteTimeout + TimeSpan.FromSeconds(5));
        if (options.Role == NodeRole.Leader)
        {
            services.AddReplicationClient(options.Faults);
            services.AddSingleton<LeaderSettings>();
            services.AddSingleton<LaneClient>();
            services.AddSingleton<Leader>();
            services.AddHostedService(provider => provider.GetRequiredService<Leader>());
        }
        else
        {
            services.AddSingleton<Follower>();
        }
    }

    private static void MapNode(this WebApplication app, NodeOptions options)
    {
        app.MapDefaultEndpoints(mapHealth: false);
        app.MapOpenApi("/openapi/v1.json");
        app.MapKeys();
        app.MapDigest();
        app.MapBackup();
        if (options.Role == NodeRole.Leader)
        {
            app.Services.GetRequiredService<Leader>();
            app.MapLeader(options);
        }
        else
        {
            app.Services.GetRequiredService<Follower>();
            app.MapFollower();
        }
    }

    private static void LogStart(this WebApplication app, NodeOptions options)
    {
        var store = app.Services.GetRequiredService<ReplicaStore>();
        app.Logger.StoreOpened(
            options.Role == NodeRole.Leader ? "Leader" : "Follower", options.NodeId, store.StoreId, options.DataDirectory);
        if (options.ClusterSecret is null)
        {
            app.Logger.NoClusterSecret();
        }

        app.Lifetime.ApplicationStarted.Register(() => app.Logger.Listening(string.Join(", ", app.Urls)));
    }

    private static void Configure(KestrelServerOptions kestrel, NodeLimits limits)
    {
        kestrel.AddServerHeader = false;
        kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1; // Or any other byte in a header is refused without a word.
        kestrel.Limits.MaxConcurrentConnections = limits.ConnectionsMax;
    }

    // Where nothing says otherwise, the ports of the contract.
    private static void UseDefaultAddress(this WebApplicationBuilder builder, NodeOptions options)
    {
        string[] settings = ["urls", "http_ports", "https_ports", "Kestrel:Endpoints"];
        if (settings.SelectMany(name => builder.Configuration.GetSection(name).AsEnumerable()).All(setting => string.IsNullOrWhiteSpace(setting.Value)))
        {
            var number = options.NodeId.Length > 0 && char.IsAsciiDigit(options.NodeId[^1]) ? options.NodeId[^1] - '0' : 1;
            builder.WebHost.UseUrls($"http://localhost:{(options.Role == NodeRole.Leader ? 8000 : 8000 + number)}");
        }
    }
}
