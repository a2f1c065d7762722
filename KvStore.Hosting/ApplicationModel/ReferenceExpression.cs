using System.Runtime.CompilerServices;

namespace KvStore.Hosting.ApplicationModel;

/// <summary>
/// A text with holes for addresses and parameters. They are filled in when the application is started; in what is published they
/// are expressions.
/// </summary>
public sealed class ReferenceExpression
{
    private readonly IReadOnlyList<Part> _parts;

    private ReferenceExpression(IReadOnlyList<Part> parts)
    {
        _parts = parts;
    }

    /// <summary>Whether a secret parameter is in it.</summary>
    internal bool IsSecret => _parts.Any(part => part.Parameter is { Secret: true });

    /// <summary>Makes an expression of an interpolated string.</summary>
    /// <param name="handler">The string, with texts, endpoints and parameters in its holes.</param>
    public static ReferenceExpression Create(in ExpressionInterpolatedStringHandler handler) => handler.GetExpression();

    /// <exception cref="DistributedApplicationException">A resource has no such endpoint, or a parameter has no value.</exception>
    /// <exception cref="InvalidOperationException">The application runs and has not been started, so no port is allocated.</exception>
    internal string Format(IReferenceFormat format) => string.Concat(_parts.Select(part => part switch
    {
        { Endpoint: { } endpoint } => format.Address(endpoint),
        { Parameter: { } parameter } => format.Value(parameter),
        _ => part.Text,
    }));

    /// <summary>Collects the parts of an interpolated string. The compiler calls it.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct ExpressionInterpolatedStringHandler
    {
        private readonly List<Part> _parts;

        /// <summary>Begins a string.</summary>
        /// <param name="literalLength">The length of all its literal parts, in characters.</param>
        /// <param name="formattedCount">The number of its holes.</param>
        public ExpressionInterpolatedStringHandler(int literalLength, int formattedCount)
        {
            _ = literalLength;
            _parts = new(formattedCount * 2 + 1);
        }

        /// <summary>Adds a literal part.</summary>
        /// <param name="value">The text.</param>
        public void AppendLiteral(string value) => _parts.Add(new() { Text = value });

        /// <summary>Adds a text.</summary>
        /// <param name="value">The text; nothing when null.</param>
        public void AppendFormatted(string? value) => _parts.Add(new() { Text = value });

        /// <summary>Adds the address of an endpoint.</summary>
        /// <param name="valueProvider">The endpoint.</param>
        public void AppendFormatted(EndpointReference valueProvider) => _parts.Add(new() { Endpoint = valueProvider });

        /// <summary>Adds the value of a parameter.</summary>
        /// <param name="valueProvider">The parameter.</param>
        public void AppendFormatted(IResourceBuilder<ParameterResource> valueProvider) => _parts.Add(new() { Parameter = valueProvider.Resource });

        internal ReferenceExpression GetExpression() => new(_parts);
    }

    /// <summary>One of a text, an address and a parameter.</summary>
    private readonly record struct Part
    {
        public string? Text { get; init; }

        public EndpointReference? Endpoint { get; init; }

        public ParameterResource? Parameter { get; init; }
    }
}
