using KvStore.Hosting.ApplicationModel;

namespace KvStore.Hosting.Engine;

/// <summary>The resources with their states and addresses, for people to read.</summary>
internal static class ResourceTable
{
    public static string Format(IReadOnlyList<ProjectResource> resources, ResourceNotificationService notifications)
    {
        string[][] rows =
        [
            ["Resource", "State", "Health", "URL"],
            .. resources.Select(resource => Describe(resource, notifications.GetSnapshot(resource.Name))),
        ];
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var lines = rows.Select(row => "  " + string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        return Environment.NewLine + string.Join(Environment.NewLine, lines) + Environment.NewLine;
    }

    private static string[] Describe(ProjectResource resource, CustomResourceSnapshot snapshot) =>
        [resource.Name, snapshot.State!.Text, snapshot.HealthStatus?.ToString() ?? "", resource.Endpoint?.Url.GetLeftPart(UriPartial.Authority) ?? ""];
}
