using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace KvStore.Dashboard.Access;

/// <summary>Keys that end with the process.</summary>
internal sealed class KeysInMemory : IXmlRepository
{
    private readonly Lock _lock = new();
    private readonly List<XElement> _keys = [];

    /// <inheritdoc />
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        lock (_lock)
        {
            return [.. _keys];
        }
    }

    /// <inheritdoc />
    public void StoreElement(XElement element, string friendlyName)
    {
        lock (_lock)
        {
            _keys.Add(element);
        }
    }
}
