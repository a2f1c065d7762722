namespace KvStore.Hosting.ApplicationModel;

/// <summary>A value that the person who starts the application may give.</summary>
public sealed class ParameterResource : Resource
{
    private readonly Lazy<string> _value;

    internal ParameterResource(string name, Func<string> getValue, bool secret, ParameterDefault? @default = null) : base(name)
    {
        _value = new Lazy<string>(getValue);
        Secret = secret;
        Default = @default;
    }

    /// <summary>Whether the value must not be shown.</summary>
    public bool Secret { get; }

    /// <summary>The default of what is published; null when it has none, or none to be published.</summary>
    internal ParameterDefault? Default { get; }

    /// <exception cref="MissingParameterValueException">Neither the configuration nor a default gives a value.</exception>
    internal string Value => _value.Value;
}
