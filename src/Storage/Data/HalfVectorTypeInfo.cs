using Npgsql.Internal;
using Npgsql.Internal.Postgres;

#pragma warning disable NPG9001 // Npgsql's extension points are marked experimental; the version is pinned.

namespace UnifiedVlm.Storage.Data;

/// <summary>Teaches Npgsql the type <c>halfvec</c> and arrays of it. The Pgvector package on hand is for an Npgsql three majors older.</summary>
internal sealed class HalfVectorTypeInfo : PgTypeInfoResolverFactory
{
    public override IPgTypeInfoResolver CreateResolver() => new Resolver();

    public override IPgTypeInfoResolver CreateArrayResolver() => new ArrayResolver();

    private class Resolver : IPgTypeInfoResolver
    {
        private TypeInfoMappingCollection? _mappings;

        public virtual PgTypeInfo? GetTypeInfo(Type? type, DataTypeName? dataTypeName, PgSerializerOptions options)
            => (_mappings ??= Scalars(new TypeInfoMappingCollection())).Find(type, dataTypeName, options);

        protected static TypeInfoMappingCollection Scalars(TypeInfoMappingCollection mappings)
        {
            mappings.AddStructType<HalfVector>("halfvec", static (options, mapping, _) => mapping.CreateInfo(options, new HalfVectorConverter()), isDefault: true);
            return mappings;
        }
    }

    private sealed class ArrayResolver : Resolver
    {
        private TypeInfoMappingCollection? _mappings;

        public override PgTypeInfo? GetTypeInfo(Type? type, DataTypeName? dataTypeName, PgSerializerOptions options)
            => (_mappings ??= Arrays(Scalars(new TypeInfoMappingCollection()))).Find(type, dataTypeName, options);

        private static TypeInfoMappingCollection Arrays(TypeInfoMappingCollection mappings)
        {
            mappings.AddStructArrayType<HalfVector>("halfvec");
            return mappings;
        }
    }
}
