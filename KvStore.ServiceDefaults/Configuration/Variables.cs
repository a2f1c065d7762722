using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace KvStore.ServiceDefaults.Configuration;

/// <summary>Reads variables and collects every error before it speaks, so that a person corrects all of them in one go.</summary>
public sealed class Variables
{
    private readonly IConfiguration _configuration;
    private readonly List<string> _errors = [];

    /// <param name="configuration">Where the variables are; they are read when asked for.</param>
    public Variables(IConfiguration configuration)
    {
        _configuration = configuration;
    }

    /// <summary>The value without surrounding white space; null when the variable is unset or empty.</summary>
    public string? Text(string name)
    {
        var value = _configuration[name]?.Trim();
        return string.IsNullOrEmpty(value) ? null : value;
    }

    /// <summary><c>true</c> or <c>false</c>; false when unset.</summary>
    public bool Boolean(string name)
    {
        var text = Text(name);
        return text is not null && (bool.TryParse(text, out var value) ? value : Refuse<bool>(name, text, "true or false"));
    }

    /// <summary>A number from <paramref name="min"/> to <paramref name="max"/>; <paramref name="unset"/> when there is none.</summary>
    public double Number(string name, double min, double max, double unset, string meaning)
    {
        var text = Text(name);
        if (text is null)
        {
            return unset;
        }

        var isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value);
        return isNumber && value >= min && value <= max
            ? value
            : Refuse<double>(name, text, string.Create(CultureInfo.InvariantCulture, $"a number from {min} to {max}: {meaning}"));
    }

    /// <summary>An absolute http or https address; null when unset.</summary>
    public Uri? HttpAddress(string name)
    {
        var text = Text(name);
        if (text is null)
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            ? address
            : Refuse<Uri>(name, text, "an absolute address such as http://localhost:4317");
    }

    /// <summary>The one of <paramref name="choices"/> that the variable names, by any case; <paramref name="unset"/> when it names none.</summary>
    public T Choice<T>(string name, IReadOnlyDictionary<string, T> choices, T unset)
    {
        var text = Text(name);
        if (text is null)
        {
            return unset;
        }

        foreach (var (choice, value) in choices)
        {
            if (string.Equals(choice, text, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        Refuse<T>(name, text, $"one of {string.Join(", ", choices.Keys)}");
        return unset;
    }

    /// <summary>Throws when a variable that was read had a value that is not allowed.</summary>
    /// <exception cref="OptionsValidationException">One message per such variable: its name, its value, what is allowed.</exception>
    public void ThrowIfInvalid()
    {
        if (_errors.Count > 0)
        {
            throw new OptionsValidationException(nameof(ServiceDefaults), typeof(Variables), _errors);
        }
    }

    /// <summary>Counts a variable as wrong, for a rule that only its reader knows.</summary>
    /// <param name="name">The variable.</param>
    /// <param name="allowed">What it may be.</param>
    public void Refuse(string name, string allowed) => Refuse<object>(name, Text(name) ?? "", allowed);

    private T? Refuse<T>(string name, string value, string allowed)
    {
        _errors.Add($"{name} is '{value}', allowed is {allowed}.");
        return default;
    }
}
