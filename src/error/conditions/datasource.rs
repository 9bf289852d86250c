//! Files, tables and the catalog.

use crate::error::condition::conditions;

conditions! {
    PATH_NOT_FOUND = "PATH_NOT_FOUND", "42K03", "There is nothing at <path>.";
    PATH_ALREADY_EXISTS = "PATH_ALREADY_EXISTS", "42K04",
        "<outputPath> exists already. Choose the mode \"overwrite\" to replace it.";
    DATA_SOURCE_NOT_FOUND = "DATA_SOURCE_NOT_FOUND", "42K02",
        "There is no data source <provider>; known are csv, json, parquet and text.";
    UNABLE_TO_INFER_SCHEMA = "UNABLE_TO_INFER_SCHEMA", "42KD9",
        "There is nothing to infer the schema of these <format> files from; give one.";
    FAILED_READ_FILE_NO_HINT = "FAILED_READ_FILE.NO_HINT", "KD001", "The file <path> could not be read.";
    FAILED_READ_FILE_CANNOT_READ_FILE_FOOTER = "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER", "KD001",
        "The file <path> has no readable footer: it is not a Parquet file, or it is damaged.";
    FAILED_READ_FILE_FILE_NOT_EXIST = "FAILED_READ_FILE.FILE_NOT_EXIST", "KD001",
        "The file <path> is gone; it was there when the table was opened.";
    FAILED_READ_FILE_PARQUET_COLUMN_DATA_TYPE_MISMATCH =
        "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH", "KD001",
        "In the file <path> the column <column> is stored as <actualType>, which cannot be read as <expectedType>.";
    PARQUET_TYPE_ILLEGAL = "PARQUET_TYPE_ILLEGAL", "42846", "Spark has no type for the Parquet type <parquetType>.";
    CANNOT_MERGE_SCHEMAS = "CANNOT_MERGE_SCHEMAS", "42KD9",
        "The schemas of the files do not go together: <left> and <right>.";
    CONFLICTING_PARTITION_COLUMN_NAMES = "CONFLICTING_PARTITION_COLUMN_NAMES", "KD009",
        "The folders disagree on the partition columns:<distinctPartColLists>See:<suspiciousPaths>";
    CONFLICTING_DIRECTORY_STRUCTURES = "CONFLICTING_DIRECTORY_STRUCTURES", "KD009",
        "The partition folders hang below several folders:<discoveredBasePaths>Set the option basePath, or read them separately.";
    EMPTY_PARTITION_COLUMN_NAME = "EMPTY_PARTITION_COLUMN_NAME", "KD009",
        "The folder <columnSpec> has no column name before the equals sign.";
    EMPTY_PARTITION_COLUMN_VALUE = "EMPTY_PARTITION_COLUMN_VALUE", "KD009",
        "The folder <columnSpec> has no value behind the equals sign.";
    INVALID_PARTITION_VALUE = "INVALID_PARTITION_VALUE", "42846",
        "<value> is not a <dataType>, the type of the partition column <columnName>.";
    INVALID_OPTION_BOOLEAN = "INVALID_PARAMETER_VALUE.BOOLEAN", "22023",
        "The option <parameter> must be true or false, not <invalidValue>.";
    INVALID_OPTION_INTEGER = "INVALID_PARAMETER_VALUE.INTEGER", "22023",
        "The option <parameter> must be a whole number, not <invalidValue>.";
    INVALID_OPTION_CHARACTER = "INVALID_PARAMETER_VALUE.STRING", "22023",
        "The option <parameter> must be one character, not <invalidValue>.";
    OPTION_VALUE_EXCEEDS_ONE_CHARACTER = "OPTION_VALUE_EXCEEDS_ONE_CHARACTER", "22023",
        "The option <paramName> must be one character, not <actualValue>.";
    INVALID_DELIMITER_VALUE_EMPTY_STRING = "INVALID_DELIMITER_VALUE.EMPTY_STRING", "42602",
        "The delimiter cannot be empty.";
    INVALID_DELIMITER_VALUE_SINGLE_BACKSLASH = "INVALID_DELIMITER_VALUE.SINGLE_BACKSLASH", "42602",
        "A single backslash is no delimiter; write two of them.";
    INVALID_DELIMITER_VALUE_UNSUPPORTED_SPECIAL_CHARACTER =
        "INVALID_DELIMITER_VALUE.UNSUPPORTED_SPECIAL_CHARACTER", "42602",
        "The delimiter has an unknown escape <str>.";
    INVALID_CORRUPT_RECORD_TYPE = "INVALID_CORRUPT_RECORD_TYPE", "42804",
        "The column <columnName> for malformed records must be a nullable STRING, not <actualType>.";
    UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE = "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", "0A000",
        "<format> files cannot hold the column <columnName> of type <columnType>.";
    UNSUPPORTED_FEATURE_QUERY_ONLY_CORRUPT_RECORD_COLUMN =
        "UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN", "0A000",
        "The column of malformed records cannot be read alone; read it together with others.";
    MALFORMED_CSV_RECORD = "MALFORMED_CSV_RECORD", "KD000", "This is no CSV record: <badRecord>";
    MALFORMED_RECORD_IN_PARSING_WITHOUT_SUGGESTION =
        "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "22023",
        "A record does not fit the schema; read so far: <badRecord>. The mode is <failFastMode>; PERMISSIVE reads NULL instead.";
    CODEC_NOT_AVAILABLE_WITH_AVAILABLE_CODECS_SUGGESTION =
        "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION", "56038",
        "There is no codec <codecName>; known are <availableCodecs>.";
    TASK_WRITE_FAILED = "TASK_WRITE_FAILED", "58030", "Rows could not be written to <path>.";
    ALL_PARTITION_COLUMNS_NOT_ALLOWED = "ALL_PARTITION_COLUMNS_NOT_ALLOWED", "KD005",
        "Not all columns can be partition columns: one at least must go into the files.";
    EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE = "EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE", "0A000",
        "<format> files cannot be written without columns.";
    INVALID_PARTITION_COLUMN_DATA_TYPE = "INVALID_PARTITION_COLUMN_DATA_TYPE", "0A000",
        "A column of type <type> cannot be a partition column.";
    PARTITION_COLUMN_NOT_FOUND_IN_SCHEMA = "PARTITION_COLUMN_NOT_FOUND_IN_SCHEMA", "42000",
        "There is no column <column> to partition by in <schema>.";
    UNSUPPORTED_TIME_TYPE = "UNSUPPORTED_TIME_TYPE", "0A000", "The data type TIME is not supported.";
}
