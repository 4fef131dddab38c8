/** One thing that is wrong with an object; `field` is a path such as `spec.image`. */
export interface FieldCause {
  field: string;
  reason:
    | 'FieldValueInvalid'
    | 'FieldValueRequired'
    | 'FieldValueForbidden'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldManagerConflict'
    | 'FieldValueTooLong';
  message: string;
}

export function invalid(field: string, message: string): FieldCause {
  return { field, reason: 'FieldValueInvalid', message };
}

export function forbidden(field: string, message: string): FieldCause {
  return { field, reason: 'FieldValueForbidden', message };
}
