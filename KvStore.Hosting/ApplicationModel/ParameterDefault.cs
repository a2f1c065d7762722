using System.Security.Cryptography;

namespace KvStore.Hosting.ApplicationModel;

/// <summary>Gives a parameter its value when the configuration does not.</summary>
public abstract class ParameterDefault
{
    /// <summary>Makes the value.</summary>
    public abstract string GetDefaultValue();
}

/// <summary>A random value: letters without those that look alike, digits and, if wanted, special characters.</summary>
public sealed class GenerateParameterDefault : ParameterDefault
{
    private const string LettersAndDigits = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ0123456789";
    private const string SpecialCharacters = "-_.{}~()*+!";

    /// <summary>The number of characters. 22 are 128 bits of entropy.</summary>
    public int MinLength { get; set; } = 22;

    /// <summary>Whether special characters may be among them.</summary>
    public bool Special { get; set; } = true;

    /// <inheritdoc/>
    public override string GetDefaultValue() =>
        RandomNumberGenerator.GetString(Special ? LettersAndDigits + SpecialCharacters : LettersAndDigits, MinLength);
}

/// <summary>A value that is always the same.</summary>
internal sealed class ConstantParameterDefault(string value) : ParameterDefault
{
    /// <inheritdoc/>
    public override string GetDefaultValue() => value;
}
