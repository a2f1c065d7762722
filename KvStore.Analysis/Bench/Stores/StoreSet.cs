using System.Globalization;

namespace KvStore.Analysis.Bench.Stores;

/// <summary>The stores that run, each started when it is first asked for, with their data in one temporary folder.</summary>
internal sealed class StoreSet : IAsyncDisposable
{
    private readonly Dictionary<StoreSpec, IStore> _running = [];
    private readonly DirectoryInfo _folder;
    private readonly Uri? _leader;
    private OtlpSink? _sink;
    private int _started;

    /// <param name="data">Where the folder is made; null for the system's temporary folder.</param>
    /// <param name="leader">The leader of a running cluster, to be taken for the KvStore that is asked for; null to start one.</param>
    /// <exception cref="AnalysisException">The folder cannot be made.</exception>
    public StoreSet(string? data, Uri? leader)
    {
        _leader = leader;
        try
        {
            _folder = Directory.CreateDirectory(Path.Combine(data ?? Path.GetTempPath(), $"kvstore-bench-{Guid.NewGuid():N}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AnalysisException($"The stores' data cannot be put into {data}: {e.Message.TrimEnd('.')}. Name another folder with --data.", e);
        }
    }

    /// <summary>The type of the file system on which the data are.</summary>
    public string? FileSystem => DriveInfo.GetDrives()
        .Where(drive => _folder.FullName.StartsWith(drive.RootDirectory.FullName, StringComparison.Ordinal))
        .MaxBy(drive => drive.RootDirectory.FullName.Length)?.DriveFormat;

    /// <summary>Sees that a kind of store can be started.</summary>
    /// <exception cref="AnalysisException">It is not installed.</exception>
    public static Task RequireAsync(string kind, CancellationToken cancellationToken) => kind switch
    {
        ContenderNames.Redis => RedisCluster.VersionAsync(cancellationToken),
        ContenderNames.Etcd => EtcdCluster.VersionAsync(cancellationToken),
        _ => Task.CompletedTask,
    };

    /// <summary>The store, started if need be.</summary>
    public async Task<IStore> GetAsync(StoreSpec spec, CancellationToken cancellationToken)
    {
        if (!_running.TryGetValue(spec, out var store))
        {
            store = await StartAsync(spec, cancellationToken);
            _running.Add(spec, store);
        }

        return store;
    }

    /// <summary>Ends the stores that are not asked for any more.</summary>
    public async Task KeepOnlyAsync(IReadOnlyCollection<StoreSpec> specs)
    {
        foreach (var spec in _running.Keys.Except(specs).ToArray())
        {
            _running.Remove(spec, out var store);
            await store!.DisposeAsync();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await KeepOnlyAsync([]);
        if (_sink is not null)
        {
            await _sink.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private Task<IStore> StartAsync(StoreSpec spec, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(_folder.FullName, string.Create(CultureInfo.InvariantCulture, $"store{++_started}"));
        return spec.Kind switch
        {
            ContenderNames.Redis => RedisCluster.StartAsync(folder, spec.Followers, cancellationToken),
            ContenderNames.Etcd => EtcdCluster.StartAsync(folder, spec.Followers, cancellationToken),
            _ when _leader is not null => RunningKvStore.FindAsync(_leader, spec.WriteQuorum, cancellationToken),
            _ => KvStoreCluster.StartAsync(folder, spec.Followers, spec.WriteQuorum, Variables(spec.Variant), cancellationToken),
        };
    }

    private (string Name, string Value)[] Variables(StoreVariant variant) => variant switch
    {
        StoreVariant.TracesSampled => Telemetry(),
        StoreVariant.TracesOff => [.. Telemetry(), ("OTEL_TRACES_SAMPLER", "always_off")],
        _ => [],
    };

    private (string Name, string Value)[] Telemetry()
    {
        _sink ??= new();
        return [("KVSTORE_OTLP_ENDPOINT", _sink.Address), ("KVSTORE_OTLP_PROTOCOL", "http/protobuf")];
    }
}
