using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace KvStore.Hosting.Docker.Resources;

/// <summary>Fills a YAML mapping. What is null or empty is left out; every text is in double quotes, so that none is taken for a number.</summary>
internal static class YamlMapping
{
    public static YamlMappingNode With(this YamlMappingNode mapping, string key, YamlNode? value)
    {
        if (value is not null)
        {
            mapping.Add(key, value);
        }

        return mapping;
    }

    public static YamlMappingNode With(this YamlMappingNode mapping, string key, string? value) =>
        mapping.With(key, value is null ? null : Text(value));

    public static YamlMappingNode With(this YamlMappingNode mapping, string key, bool? value) =>
        mapping.With(key, value is { } known ? new YamlScalarNode(known ? "true" : "false") : null);

    public static YamlMappingNode With(this YamlMappingNode mapping, string key, int? value) =>
        mapping.With(key, value is { } known ? new YamlScalarNode(known.ToString(CultureInfo.InvariantCulture)) : null);

    public static YamlMappingNode With(this YamlMappingNode mapping, string key, IReadOnlyCollection<string> values) =>
        mapping.With(key, values, Text);

    public static YamlMappingNode With<T>(this YamlMappingNode mapping, string key, IReadOnlyCollection<T> values, Func<T, YamlNode> toYaml) =>
        mapping.With(key, values.Count == 0 ? null : new YamlSequenceNode(values.Select(toYaml)));

    public static YamlMappingNode With(this YamlMappingNode mapping, string key, IReadOnlyDictionary<string, string> values) =>
        mapping.With(key, values, Text);

    public static YamlMappingNode With<T>(this YamlMappingNode mapping, string key, IReadOnlyDictionary<string, T> values, Func<T, YamlNode> toYaml) =>
        mapping.With(
            key,
            values.Count == 0 ? null : new YamlMappingNode(values.Select(pair => KeyValuePair.Create<YamlNode, YamlNode>(pair.Key, toYaml(pair.Value)))));

    private static YamlScalarNode Text(string value) => new(value) { Style = ScalarStyle.DoubleQuoted };
}
