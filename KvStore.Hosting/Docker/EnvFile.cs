using System.Text;

namespace KvStore.Hosting.Docker;

/// <summary>The text of a <c>.env</c> file. What a person has written there stays as it is.</summary>
internal static class EnvFile
{
    /// <summary>Adds the variables that are not there yet, in the order of their names.</summary>
    /// <param name="existing">The file as it is; empty when there is none.</param>
    /// <param name="variables">The variables that it should have.</param>
    public static string Merge(string existing, IEnumerable<CapturedEnvironmentVariable> variables)
    {
        var known = existing.Split('\n').Select(NameIn).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var text = new StringBuilder(existing);
        if (existing.Length > 0 && !existing.EndsWith('\n'))
        {
            text.Append('\n');
        }

        foreach (var variable in variables.OrderBy(variable => variable.Name, StringComparer.Ordinal).Where(variable => !known.Contains(variable.Name)))
        {
            if (text.Length > 0)
            {
                text.Append('\n');
            }

            text.Append(variable.Description is null ? "" : $"# {variable.Description}\n").Append($"{variable.Name}={variable.DefaultValue}\n");
        }

        return text.ToString();
    }

    // The name that a line gives a value to, as compose reads it: NAME=VALUE, with "export" before it or not.
    private static string? NameIn(string line)
    {
        const string Export = "export ";
        var text = line.TrimStart();
        text = text.StartsWith(Export, StringComparison.Ordinal) ? text[Export.Length..] : text;
        return !text.StartsWith('#') && text.IndexOf('=') is > 0 and var end ? text[..end].Trim() : null;
    }
}
