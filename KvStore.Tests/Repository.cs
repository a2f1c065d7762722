namespace KvStore.Tests;

/// <summary>The clone that the tests were built in.</summary>
internal static class Repository
{
    /// <summary>Its folder.</summary>
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    /// <summary>A file or folder of it.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find(DirectoryInfo? folder) => folder is null
        ? throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} has a KvStore.sln.")
        : File.Exists(Path.Combine(folder.FullName, "KvStore.sln")) ? folder.FullName : Find(folder.Parent);
}
