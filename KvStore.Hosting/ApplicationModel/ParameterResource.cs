namespace KvStore.Hosting.ApplicationModel;

/// <summary>A value that the person who starts the application may give.</summary>
public sealed class ParameterResource : Resource
{
    private readonly Lazy<string> _value;

    internal ParameterResource(string name, Func<string> getValue, bool secret) : base(name)
    {
        _value = new Lazy<string>(getValue);
        Secret = secret;
    }

    /// <summary>Whether the value must not be shown.</summary>
    public bool Secret { get; }

    /// <exception cref="MissingParameterValueException">Neither the configuration nor a default gives a value.</exception>
    internal string Value => _value.Value;
}
