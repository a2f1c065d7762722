using System.Text.RegularExpressions;

namespace KvStore.Hosting.ApplicationModel;

/// <summary>The rule for names: they end up in host names and in environment variables.</summary>
internal static partial class ResourceName
{
    /// <exception cref="ArgumentException">The name does not follow the rule.</exception>
    public static void Validate(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Length > 64 || !Rule().IsMatch(name))
        {
            throw new ArgumentException(
                $"'{name}' is not a resource name: use ASCII letters, digits and single hyphens, begin with a letter, at most 64 characters.", nameof(name));
        }
    }

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Rule();
}
