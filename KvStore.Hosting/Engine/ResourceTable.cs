using KvStore.Hosting.ApplicationModel;

namespace KvStore.Hosting.Engine;

/// <summary>The resources with their states and addresses, and below them the pages to open, for people to read.</summary>
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
        return Environment.NewLine + string.Join(Environment.NewLine, lines) + Environment.NewLine
            + string.Concat(resources.SelectMany(resource => DescribeLinks(resource, notifications.GetSnapshot(resource.Name))));
    }

    // Nobody can open the page of a resource that is gone.
    private static IEnumerable<string> DescribeLinks(ProjectResource resource, CustomResourceSnapshot snapshot) =>
        from link in resource.Annotations.OfType<UrlAnnotation>()
        where link.DisplayText is not null && !snapshot.IsTerminal
        select $"{link.DisplayText} at {link.Url.Format(RunningFormat.Instance)}{Environment.NewLine}";

    private static string[] Describe(ProjectResource resource, CustomResourceSnapshot snapshot) =>
        [resource.Name, snapshot.State!.Text, snapshot.HealthStatus?.ToString() ?? "", resource.Endpoint?.Address ?? ""];
}
