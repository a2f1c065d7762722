using System.Security.Cryptography;
using KvStore.ServiceDefaults.Configuration;

namespace KvStore.Dashboard.Configuration;

/// <summary>Reads <see cref="DashboardOptions"/> from variables.</summary>
internal static class DashboardOptionsReader
{
    private const int TokenLengthMin = 8;
    private const int PortMax = 65_535;

    /// <summary>Reads and checks every variable.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">One message per variable that is wrong.</exception>
    public static DashboardOptions Read(IConfiguration configuration)
    {
        var variables = new Variables(configuration);
        var token = variables.Text("DASHBOARD_TOKEN");
        if (token is { Length: < TokenLengthMin })
        {
            variables.Refuse("DASHBOARD_TOKEN", $"a secret of {TokenLengthMin} characters or more");
        }

        var options = new DashboardOptions
        {
            Token = token ?? RandomNumberGenerator.GetHexString(32, lowercase: true),
            IsTokenGiven = token is not null,
            OtlpGrpcPort = Whole("DASHBOARD_OTLP_GRPC_PORT", 1, PortMax, 4317, "a port"),
            OtlpHttpPort = Whole("DASHBOARD_OTLP_HTTP_PORT", 1, PortMax, 4318, "a port"),
            OtlpApiKey = variables.Text("DASHBOARD_OTLP_API_KEY"),
            Leader = variables.HttpAddress("LEADER"),
            Followers = ReadFollowers(variables),
            ClusterSecret = variables.Text("CLUSTER_SECRET") ?? ReadSecretFile(variables),
            Engine = ReadEngine(variables),
            Limits = new()
            {
                TracesMax = Whole("DASHBOARD_TRACES_MAX", 10, 1_000_000, 10_000, "traces kept"),
                LogsMax = Whole("DASHBOARD_LOGS_MAX", 10, 1_000_000, 10_000, "log records kept"),
                PointsMax = Whole("DASHBOARD_POINTS_MAX", 1_000, 10_000_000, 50_000, "metric points kept"),
            },
        };

        variables.ThrowIfInvalid();
        return options;

        int Whole(string name, int min, int max, int unset, string meaning) => (int)variables.Number(name, min, max, unset, meaning);
    }

    private static string? ReadSecretFile(Variables variables)
    {
        if (variables.Text("CLUSTER_SECRET_FILE") is not { } path)
        {
            return null;
        }

        try
        {
            return ClusterSecretFile.ReadOrCreate(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            variables.Refuse("CLUSTER_SECRET_FILE", $"a file that can be read, or made where there is none: {e.Message.TrimEnd('.')}");
            return null;
        }
    }

    private static List<FollowerAddress> ReadFollowers(Variables variables)
    {
        var followers = new List<FollowerAddress>();
        foreach (var text in (variables.Text("FOLLOWERS") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            {
                followers.Add(new(NameOf(address), address));
            }
            else
            {
                variables.Refuse("FOLLOWERS", "addresses such as http://follower1, with commas between");
            }
        }

        return followers;
    }

    // As the node is called: follower-0 is the pod at http://follower-0.follower:8080.
    private static string NameOf(Uri address) => address switch
    {
        { HostNameType: UriHostNameType.Dns } when address.Host.Split('.') is [var name, _, ..] => name,
        { IsDefaultPort: true } => address.Host,
        _ => address.Authority,
    };

    private static EngineAddress? ReadEngine(Variables variables)
    {
        var (address, token) = (variables.HttpAddress("KVSTORE_CONTROL_URL"), variables.Text("KVSTORE_CONTROL_TOKEN"));
        return address is not null && token is not null ? new(address, token) : null;
    }
}
