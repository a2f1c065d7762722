namespace KvStore.Hosting.Engine;

/// <summary>
/// Writes to the console, each line behind the name of its resource. Names are coloured unless the output is redirected or
/// <c>NO_COLOR</c> is set.
/// </summary>
internal sealed class ConsoleOutput : IResourceOutput
{
    private const string Reset = "\e[0m";
    private const string Bold = "\e[1m";
    private static readonly string[] Colors = ["\e[36m", "\e[32m", "\e[33m", "\e[34m", "\e[35m", "\e[91m", "\e[96m", "\e[92m"];

    private readonly Dictionary<string, string> _prefixes;
    private readonly bool _isColored = !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    public ConsoleOutput(IReadOnlyList<string> resourceNames)
    {
        var width = resourceNames.Max(name => (int?)name.Length) ?? 0;
        _prefixes = resourceNames.Index().ToDictionary(
            entry => entry.Item,
            entry => Paint($"{entry.Item.PadRight(width)} |", Colors[entry.Index % Colors.Length]) + " ");
    }

    public void WriteLine(string resourceName, string line, bool isError) => Console.Out.WriteLine(_prefixes[resourceName] + line);

    public void Notify(string message) => Console.Out.WriteLine(Paint(message, Bold));

    private string Paint(string text, string style) => _isColored ? style + text + Reset : text;
}
